"""What the operations page needs, for administrators; to everybody else there is nothing here."""

"""What is on record about jobs: their source and facts, public links to them, and an account's history."""

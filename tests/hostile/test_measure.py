"""What counts as free memory of the host."""

import resource

from tests.hostile.measure import in_processors_lists

ZONES = """Node 0, zone   Normal
  pages free     4821934
        min      16543
      nr_free_pages 4821934
  pagesets
    cpu: 0
              count:    70001
              high:     75210
              batch:    63
    cpu: 1
              count:    2
              high:     75210
  node_unreclaimable:  0
"""


def test_free_pages_in_the_lists_of_processors_are_free() -> None:
    """Recorded after bombs, shortened."""
    assert in_processors_lists(ZONES) == 70_003 * resource.getpagesize()

"""What counts as free memory of the host, and as a runner's."""

import resource

from tests.hostile.measure import held, in_processors_lists

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


def test_what_a_runner_holds_is_not_its_images_files() -> None:
    """Version 1 of cgroups tells of what is below, too; version 2 only that."""
    below = {"active_file": 1, "total_active_file": 200, "inactive_file": 2, "total_inactive_file": 100}
    assert held({"usage": 1000, "stats": below}) == 700
    assert held({"usage": 1000, "stats": {"active_file": 20, "inactive_file": 10}}) == 970
    assert held({}) > 1 << 60

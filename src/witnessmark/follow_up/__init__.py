"""Follow up: what authorities answered and promised, what meets their conditions, and the extent."""

from witnessmark.follow_up.extent import extent
from witnessmark.follow_up.promises import open_promises, tally_examination
from witnessmark.follow_up.responses import answer_line, read_responses

__all__ = ["answer_line", "extent", "open_promises", "read_responses", "tally_examination"]

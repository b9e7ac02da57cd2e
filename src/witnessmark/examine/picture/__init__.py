"""What the pictures themselves tell of time: one small luma of every frame, shared by all here."""

from witnessmark.model.consumer import LumaAt

HEIGHT_PX = 90
"""720 and 1080 lines divide by it exactly; 14,400 values a frame keep every method below 0.1 ms."""
EVERY_FRAME = LumaAt(HEIGHT_PX)

"""What a recorder's receiver says of time and way, held against the recording and the container.

``course`` makes one account of a telemetry track, ``agreement`` lays it beside the container's dates, the burned-in
clock and the declared places.
"""

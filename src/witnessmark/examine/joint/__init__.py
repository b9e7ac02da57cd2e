"""Traces of different kinds at one place, weighed together: was it a cut, a pause of the camera, or nothing?"""

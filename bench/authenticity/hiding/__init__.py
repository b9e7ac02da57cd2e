"""Attacks by somebody who has read our source: each aims at one method's rule and says which.

All are made from free tools and an evening's work. What they do to the picture or sound is kept small: an attack that
ruins the recording is no attack.
"""

"""Burned-in clocks: find the box, read it, learn its digits, lay its time beside the file's.

``recogniser`` runs the network that reads (the one that finds writing is ``ground.networks.writing``), ``layouts``
knows how clocks are written, ``search`` finds the box, ``strip`` follows it through the file, ``digits`` learns its
numerals, ``course`` fits the readings and ``still`` reads single pictures.
"""

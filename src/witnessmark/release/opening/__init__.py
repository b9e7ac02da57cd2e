"""Opening the redactable seal at a release: what is shown is planned, decoded again in the jail, held to the root.

``plan`` chooses; ``opener`` runs in the jail; ``proofs`` makes the published files and believes nothing the jail says
that does not hash to the committed leaf.
"""

"""Release: the redactable seal, and the report; bundles for strangers later."""

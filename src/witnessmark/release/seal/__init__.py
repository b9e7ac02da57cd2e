"""The redactable seal: what is committed at the examination, so that parts can be proven later."""

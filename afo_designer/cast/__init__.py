"""Cast modification: the limb becomes the positive model (ISO 8549-1)."""

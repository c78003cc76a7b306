"""Limb: casting and measurement. A scan becomes a leg with landmarks, frames and girths."""

"""How much of the past a device keeps: what was chosen, putting it into effect, and bringing all back."""

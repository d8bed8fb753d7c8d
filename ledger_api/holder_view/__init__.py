"""The holder's view: what a prescription's holder sees of it, by her code alone."""

"""Voids: a doctor takes a prescription's unused claims back for ever."""

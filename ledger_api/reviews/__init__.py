"""Reviews: a pharmacist approves or rejects a prescription, at the hospital and again at the pharmacy."""

"""The doctor's desk: where she writes prescriptions, signs in her own browser, follows and prints them."""

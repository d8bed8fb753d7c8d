"""The client side of every act: prepare, recompute, sign, submit, follow. No gateway is trusted."""

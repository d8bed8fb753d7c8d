"""The institution gateway: one HTTP service for the institutions that share it as tenants.

It takes signed prescriptions, keeps them encrypted, logs them, anchors the log on the chain and serves the
evidence. `app.build_app` puts it together; `config.load_settings` is the only reader of the environment.
"""

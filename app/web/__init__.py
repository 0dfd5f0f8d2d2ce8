"""Pages. ``kiosk`` serves patients on loopback, ``staff`` serves logged-in staff behind TLS."""

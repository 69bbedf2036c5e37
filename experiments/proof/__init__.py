"""What tries to lose a mind, run at a chosen length, and a page that tells what was tried."""

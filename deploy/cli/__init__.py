"""The `codeportal` command line: runs a file on a server as if it ran here, and says how the server is."""

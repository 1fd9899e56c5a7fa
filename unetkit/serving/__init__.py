"""What unetkit offers over HTTP: inference, and the browser preview of a live run. Starlette and uvicorn live here."""

"""Any Gradio scripts, run by hand and by the app server, must describe and answer the same."""

"""The app server: runs one user's Gradio script, inside that app's container or process.

This package is self-contained. At run time only this folder is put on the app's `PYTHONPATH`,
under the name `appliance_server`, into an environment that holds the user's requirements. It must
therefore import nothing else of the appliance, and nothing that Gradio does not bring along.
"""

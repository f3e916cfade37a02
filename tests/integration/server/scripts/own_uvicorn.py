# ruff: noqa: F401 - written as users write
import uvicorn
from own_app import app

if __name__ == "__main__":
    uvicorn.run("own_uvicorn:app", host="0.0.0.0", port=1, reload=True, workers=3)

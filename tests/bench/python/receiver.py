"""The same receiver as a Python programmer would write it: FastAPI, HMAC over the raw body, pydantic. It keeps nothing."""
import hashlib
import hmac
import os
from datetime import datetime
from typing import List, Literal, Optional, Union

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

secret = os.environ["BENCH_SECRET"].encode()
app = FastAPI()


class Feature(BaseModel):
    id: Optional[StrictInt]
    name: StrictStr
    created_date: Optional[datetime]
    description: Optional[StrictStr]
    initial_value: Optional[StrictStr]
    default_enabled: Optional[StrictBool]
    type: Optional[StrictStr]


class Evaluation(BaseModel):
    id: Optional[StrictInt]
    enabled: Optional[StrictBool]
    environment: Optional[StrictInt]
    feature: Feature
    feature_segment: Optional[StrictInt]
    feature_state_value: Optional[Union[StrictStr, StrictBool, StrictInt, StrictFloat]]
    identity: Optional[StrictInt]


class Message(BaseModel):
    data: List[Evaluation]
    event_type: Literal["FLAG_UPDATED"]
    timestamp: datetime


@app.post("/environment-webhook")
async def receive(request: Request):
    body = await request.body()
    wanted = hmac.new(secret, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers.get("x-flagsmith-signature", ""), wanted):
        raise HTTPException(401)
    try:
        Message.parse_raw(body)
    except ValidationError as error:
        raise HTTPException(422, str(error)) from error
    return {"status": "accepted"}

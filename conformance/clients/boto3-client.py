# boto3 as a client that serves one command per line of JSON on its standard input.
import json
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

MIB = 1024 * 1024
settings = dict(endpoint_url=os.environ["S3_ENDPOINT"], region_name=os.environ["AWS_DEFAULT_REGION"])
client = boto3.client("s3", config=Config(s3={"addressing_style": "path"}), **settings)
signers = {
    version: boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": "path"}), **settings)
    for version in ("s3", "s3v4")
}
transfer = TransferConfig(multipart_threshold=16 * MIB, multipart_chunksize=8 * MIB)
bucket = os.environ["S3_BUCKET"]


def put(file, key):
    client.upload_file(file, bucket, key, Config=transfer)


def get(key, file):
    client.download_file(bucket, key, file, Config=transfer)


def list_keys(prefix):
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def copy(source, target):
    client.copy({"Bucket": bucket, "Key": source}, bucket, target, Config=transfer)


def remove(*keys):
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    if answer.get("Errors"):
        raise RuntimeError(answer["Errors"])


def presign(version, key):
    return signers[version].generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=300)


def checksum(key):
    client.put_object(Bucket=bucket, Key=key, Body=b"content")
    head = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    return [boto3.__version__, [name for name in head if name.startswith("Checksum")]]


commands = dict(put=put, get=get, list=list_keys, copy=copy, remove=remove, presign=presign, checksum=checksum)
for line in sys.stdin:
    name, *arguments = json.loads(line)
    try:
        answer = {"result": commands[name](*arguments)}
    except Exception as error:  # the test tells what failed
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

"""A local store that speaks S3, and what a test wants done with its objects.

Prints the store's address, then answers each line of JSON on stdin, [command, argument, ...], by one on stdout. It ends
when stdin does, so that it never outlives the test.
"""

import json
import sys
import threading
from pathlib import Path

import boto3
from botocore.exceptions import ClientError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer

# Key, condition and status of every object that was put.
puts = []
# Of two puts at once, a store looks at the condition of one after it has done the other.
one_at_a_time = threading.Lock()
answer = DomainDispatcherApplication.__call__


def recorded(self, environ, start_response):
    def start(status, *rest):
        if environ["REQUEST_METHOD"] == "PUT":
            _, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
            puts.append([key, environ.get("HTTP_IF_NONE_MATCH"), int(status[:3])])
        return start_response(status, *rest)

    with one_at_a_time:
        return answer(self, environ, start)


DomainDispatcherApplication.__call__ = recorded
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
s3 = boto3.client(
    "s3",
    endpoint_url=address,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)


def make(bucket):
    s3.create_bucket(Bucket=bucket)
    # A store that does not know conditions would let every test pass.
    s3.put_object(Bucket=bucket, Key="once", Body=b"", IfNoneMatch="*")
    try:
        s3.put_object(Bucket=bucket, Key="once", Body=b"", IfNoneMatch="*")
    except ClientError as refused:
        assert refused.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    else:
        raise AssertionError("this store puts objects whatever the condition")


def upload(folder, bucket, prefix):
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            key = f"{prefix}/{path.relative_to(folder).as_posix()}"
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())


def put(bucket, key, text):
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())


def download(bucket, key, path):
    Path(path).write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def keys(bucket, prefix):
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def puts_of(prefix):
    return [put for put in puts if put[0].startswith(prefix)]


commands = {"make": make, "puts": puts_of, "upload": upload, "put": put, "download": download, "keys": keys}
print(json.dumps(address), flush=True)
for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps(commands[name](*arguments)), flush=True)

"""A server that gives everybody the same bytes, whatever they are, if need be one by one."""

import asyncio


async def answer_once(text: bytes, slowly: bool = False) -> tuple[asyncio.Server, list[bytes]]:
    """A server that says the same to everybody."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            for letter in [bytes([each]) for each in text] if slowly else [text]:
                writer.write(letter)
                await writer.drain()
                await asyncio.sleep(0.01 if slowly else 0)
        except (ConnectionError, asyncio.IncompleteReadError):
            heard.append(b"gone")
        finally:
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0), heard

#pragma once
/// How often the calling thread has asked for memory. Linked into the tests only, in place of the C library's functions;
/// -1 where these cannot be replaced.
long heap_requests(void);

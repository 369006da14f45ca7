/* An accepted websocket: pings, its queue, and what is read from it. */
#ifndef SLUICE_ANALYZER_SUBSCRIBER_H
#define SLUICE_ANALYZER_SUBSCRIBER_H

#include "tests/tools/analyzer/server.h"

/* The upgrade was accepted (101 is in out): the connection is a subscriber from now on. */
void subscriber_begin(struct connection *connection);
/* 101 was sent to a client that must not subscribe: a close frame follows and TCP stays. */
void subscriber_refuse(struct connection *connection);
/* Queues an item; when the queue is full it is dropped and counted. */
void subscriber_push(struct connection *connection, const struct item *item, const char *capture);
/* Handles the frames in connection->in. Negative: TCP is to be closed; *reason says why. */
int subscriber_read(struct connection *connection, const char **reason);
/* Puts queued messages into out as long as there is little in it. Whether something was put there. */
bool subscriber_fill(struct connection *connection);
/* Some of out was written: what is complete is noted down. */
void subscriber_wrote(struct connection *connection);
/* Starts the closing handshake. */
void subscriber_close(struct connection *connection, unsigned code);
/* Sends a ping; its pong, the event `synced`, tells that the client has handled everything sent before. */
void subscriber_sync(struct connection *connection);
/* Puts half of a frame into out; TCP is cut behind it. */
void subscriber_half_message(struct connection *connection);
void subscriber_fini(struct connection *connection);

#endif

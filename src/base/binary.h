/*
 * binary.h
 *		Pieces of send and receive functions that several types share.
 */
#ifndef CUSTOMER_PROFILE_BINARY_H
#define CUSTOMER_PROFILE_BINARY_H

#include "base/decimal.h"
#include "libpq/pqformat.h"

/* 128 bits in network order. */
extern void send_decimal(StringInfo out, Decimal value);
extern Decimal receive_decimal(StringInfo in);

/* Fails with "invalid binary representation of type T" and the detail. */
pg_noreturn extern void receive_fail(const char *type_name, const char *detail);

/* The same unless it is valid. */
extern void receive_check(bool valid, const char *type_name, const char *detail);

#endif /* CUSTOMER_PROFILE_BINARY_H */

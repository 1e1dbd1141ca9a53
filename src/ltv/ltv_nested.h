/*
 * ltv_nested.h
 *		An ltv_model inside another value: in its text, in its bytes, and at
 *		the end of its stored form.
 */
#ifndef CUSTOMER_PROFILE_LTV_NESTED_H
#define CUSTOMER_PROFILE_LTV_NESTED_H

#include "ltv/ltv_value.h"

/* The JSON object of the model itself. */
extern void ltv_nested_append(StringInfo out, const LtvValue *model);
extern LtvValue *ltv_nested_from_json(JsonReader *reader);

/* The bytes of its binary form, with their number before them. */
extern void ltv_nested_send(StringInfo out, const LtvValue *model);
extern LtvValue *ltv_nested_recv(StringInfo in, const char *type_name);

/* The model stored in the last `size` bytes at a place, checked; `type_name` owns it. */
extern const LtvValue *ltv_nested_at(const void *place, Size size, const char *type_name);

#endif /* CUSTOMER_PROFILE_LTV_NESTED_H */

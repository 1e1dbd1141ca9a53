/*
 * row.h
 *		Functions that return one row of several columns.
 */
#ifndef CUSTOMER_PROFILE_ROW_H
#define CUSTOMER_PROFILE_ROW_H

/*
 * The row that the calling SQL function is declared to return, which has
 * ncolumns columns. Its description is looked up once per query and kept in
 * fn_extra, so such a function must have no other use for that.
 */
extern Datum row_result(FunctionCallInfo fcinfo, int ncolumns, Datum *values, bool *nulls);

#endif /* CUSTOMER_PROFILE_ROW_H */

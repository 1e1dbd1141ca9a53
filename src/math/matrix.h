/*
 * matrix.h
 *		The little linear algebra that fitting needs. Matrices are n * n by rows.
 */
#ifndef CUSTOMER_PROFILE_MATRIX_H
#define CUSTOMER_PROFILE_MATRIX_H

/* Cholesky factor in place of the lower triangle; false when not positive definite. */
extern bool matrix_cholesky(double *matrix, int n);

/* Solves with that factor, in place of the right-hand side. */
extern void matrix_cholesky_solve(const double *factor, int n, double *x);

/*
 * Eigenvalues of a symmetric matrix, which is destroyed, and in the columns of
 * vectors its eigenvectors, by cyclic Jacobi rotations.
 */
extern void matrix_eigen(double *matrix, int n, double *values, double *vectors);

/* out = left * right. */
extern void matrix_multiply(const double *left, const double *right, double *out, int n);

#endif /* CUSTOMER_PROFILE_MATRIX_H */

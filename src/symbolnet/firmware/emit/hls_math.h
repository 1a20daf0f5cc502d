// Math functions for the C model of an hls4ml project: computed in double precision, then rounded
// to ap_fixed<W, I>. Not bit-accurate to the vendor's cores, which this file stands in for.
#ifndef X_HLS_MATH_H
#define X_HLS_MATH_H

#include "ap_fixed.h"
#include <cmath>

namespace hls {

template <int W, int I> using value = ap_fixed<W, I, AP_RND, AP_SAT>;

template <class T> double real(const T &x) { return x.to_double(); }
inline double real(double x) { return x; }

// NaN becomes 0 and infinity a large number, which ap_fixed then saturates.
inline double finite(double x) { return x != x ? 0.0 : std::fmin(std::fmax(x, -1e9), 1e9); }

#define SYMBOLNET_FUNCTION(name, formula)                                                          \
    template <int W, int I, class T> value<W, I> name(const T &argument) {                         \
        const double x = real(argument);                                                           \
        return value<W, I>(finite(formula));                                                       \
    }

SYMBOLNET_FUNCTION(exp, std::exp(x))
SYMBOLNET_FUNCTION(log, std::log(x))
SYMBOLNET_FUNCTION(sin, std::sin(x))
SYMBOLNET_FUNCTION(cos, std::cos(x))
SYMBOLNET_FUNCTION(tan, std::tan(x))
SYMBOLNET_FUNCTION(sinh, std::sinh(x))
SYMBOLNET_FUNCTION(cosh, std::cosh(x))
SYMBOLNET_FUNCTION(tanh, std::tanh(x))
SYMBOLNET_FUNCTION(sqrt, std::sqrt(x))
SYMBOLNET_FUNCTION(cbrt, std::cbrt(x))
SYMBOLNET_FUNCTION(recip, 1.0 / x)
SYMBOLNET_FUNCTION(fabs, std::fabs(x))
SYMBOLNET_FUNCTION(abs, std::fabs(x))
#undef SYMBOLNET_FUNCTION

template <int W, int I, class T, class U> value<W, I> pow(const T &base, const U &exponent) {
    return value<W, I>(finite(std::pow(real(base), real(exponent))));
}

// hls4ml prints x**-2 and the like so, of a base that may be an unrounded sum.
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N, class T>
value<40, 20> pow(const ap_fixed_base<W, I, S, Q, O, N> &base, const T &exponent) {
    return value<40, 20>(finite(std::pow(real(base), real(exponent))));
}

// hls4ml's nnet_math.h names these, without using them here.
template <class T> T asin(T x) { return T(std::asin(real(x))); }
template <class T> T acos(T x) { return T(std::acos(real(x))); }
template <class T> T atan(T x) { return T(std::atan(real(x))); }
template <class T> T atan2(T y, T x) { return T(std::atan2(real(y), real(x))); }

} // namespace hls

#endif

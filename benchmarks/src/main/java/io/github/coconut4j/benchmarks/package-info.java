/** Measurements: kernels under JMH, curves of cost against size, the rate of bare products. */
package io.github.coconut4j.benchmarks;

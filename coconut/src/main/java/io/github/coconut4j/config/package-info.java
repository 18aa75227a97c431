/**
 * Configuration of a training run: the published implementation's YAML keys and ours, validated
 * when they are read.
 */
package io.github.coconut4j.config;

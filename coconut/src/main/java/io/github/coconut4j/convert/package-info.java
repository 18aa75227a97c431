/** Makes model directories from weights in other layouts, and from several models. */
package io.github.coconut4j.convert;

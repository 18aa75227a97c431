package io.github.coconut4j.train;

import org.apache.commons.lang3.builder.RecursiveToStringStyle;
import org.apache.commons.lang3.builder.ReflectionToStringBuilder;

/** Class and fields of an updater or a schedule in one line, equal where they compute the same. */
final class ComponentDescription extends RecursiveToStringStyle {

  private static final long serialVersionUID = 1L;

  private ComponentDescription() {
    setUseIdentityHashCode(false);
  }

  /** The component's description; null where a run has none of its own. */
  static String of(Object component) {
    return component == null
        ? null
        : ReflectionToStringBuilder.toString(component, new ComponentDescription());
  }

  /** Enums and the classes of the JDK, whose fields are closed, describe themselves. */
  @Override
  protected boolean accept(Class<?> type) {
    return !type.isEnum() && !type.getName().startsWith("java.");
  }
}

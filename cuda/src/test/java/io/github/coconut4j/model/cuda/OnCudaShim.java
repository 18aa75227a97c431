package io.github.coconut4j.model.cuda;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Marks tests that run on {@link CudaShim}; without g++ they are skipped. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OnCudaShim.Condition.class)
public @interface OnCudaShim {

  /** Why tests are skipped. */
  String REASON = "g++, which builds the CUDA shim, is not installed";

  /** Skips a class of jqwik properties. */
  final class PropertyCondition implements SkipExecutionHook {

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      if (!CudaShim.canBeBuilt()) {
        return SkipResult.skip(REASON);
      }
      CudaShim.load();
      return SkipResult.doNotSkip();
    }

    @Override
    public PropagationMode propagateTo() {
      return PropagationMode.ALL_DESCENDANTS;
    }
  }

  /** Loads the libraries before a class's tests. */
  final class Condition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (!CudaShim.canBeBuilt()) {
        return ConditionEvaluationResult.disabled(REASON);
      }
      CudaShim.load();
      return ConditionEvaluationResult.enabled("g++ is installed");
    }
  }
}

package io.github.coconut4j.batch;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Decoding;
import io.github.coconut4j.model.latent.LatentLoop;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;
import lombok.RequiredArgsConstructor;

/** A model whose decoder fails when a test wants it to. */
@RequiredArgsConstructor
final class FaultyModel implements InvocationHandler {

  private final Object real;
  private final Consumer<String> before;

  /**
   * The same model, with the same weights and tokenizer.
   *
   * @param before called with the name of each method of {@link Decoding} before it runs; what it
   *     throws is thrown by the method
   */
  static CoconutModel of(CoconutModel model, Consumer<String> before) {
    return of(model, before, model.getTokenizer());
  }

  static CoconutModel of(CoconutModel model, Consumer<String> before, TextTokenizer tokenizer) {
    LatentTransformer transformer = model.getTransformer();
    Backend backend =
        (Backend) proxy(Backend.class, new FaultyModel(transformer.getBackend(), before));
    return new CoconutModel(
        LatentTransformer.create(
            transformer.getConfig(), transformer.getWeights(), backend, Precision.FLOAT32),
        tokenizer,
        model.getConfig(),
        model.getGenerationConfig());
  }

  static Object proxy(Class<?> type, InvocationHandler handler) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    if (real instanceof Decoding) {
      before.accept(method.getName());
    }
    Object result = call(real, method, arguments);
    return result instanceof LatentLoop || result instanceof Decoding
        ? proxy(method.getReturnType(), new FaultyModel(result, before))
        : result;
  }

  static Object call(Object real, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}

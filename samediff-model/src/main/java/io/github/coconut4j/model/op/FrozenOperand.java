package io.github.coconut4j.model.op;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.AddOp;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A product, sum or scaling whose second operand is a parameter that is not trained, {@code x, w ->
 * y}. ND4J's own ops would compute a gradient of the parameter's size that nobody needs; here only
 * x has a gradient.
 */
public final class FrozenOperand extends AbstractJavaOp {

  static final String NAME = "frozen_operand";

  private enum Operation {
    PRODUCT,
    PRODUCT_WITH_TRANSPOSE,
    SUM,
    SCALING
  }

  /** For SameDiff. */
  public FrozenOperand() {}

  private FrozenOperand(SameDiff sameDiff, SDVariable x, SDVariable w, Operation operation) {
    super(sameDiff, x, w);
    addSArgument(operation.name());
  }

  private static SDVariable of(SDVariable x, SDVariable w, Operation operation) {
    JavaOps.registerFor(x.getSameDiff());
    return new FrozenOperand(x.getSameDiff(), x, w, operation).outputVariable();
  }

  /**
   * x · W [n, out].
   *
   * @param x [n, in]
   * @param w W [in, out], or its transpose
   * @param transposed whether W is stored as [out, in]
   */
  public static SDVariable product(SDVariable x, SDVariable w, boolean transposed) {
    return of(x, w, transposed ? Operation.PRODUCT_WITH_TRANSPOSE : Operation.PRODUCT);
  }

  /** x + b for each row of x [n, d]; b [d], or of the shape of x. */
  public static SDVariable sum(SDVariable x, SDVariable b) {
    return of(x, b, Operation.SUM);
  }

  /** x ⊙ s for each row of x [n, d]; s [d]. */
  public static SDVariable scaled(SDVariable x, SDVariable s) {
    return of(x, s, Operation.SCALING);
  }

  @Override
  public String opName() {
    return NAME;
  }

  private Operation operation() {
    return Operation.valueOf(getSArgument(0));
  }

  @Override
  long[][] outputShapes(List<INDArray> inputs) {
    INDArray x = inputs.get(0);
    INDArray w = inputs.get(1);
    return new long[][] {
      switch (operation()) {
        case PRODUCT -> new long[] {x.size(0), w.size(1)};
        case PRODUCT_WITH_TRANSPOSE -> new long[] {x.size(0), w.size(0)};
        default -> x.shape();
      }
    };
  }

  @Override
  public void execute(OpContext context, JavaOpSession session) {
    INDArray x = context.getInputArray(0);
    INDArray w = context.getInputArray(1);
    INDArray y = context.getOutputArray(0);
    switch (operation()) {
      case PRODUCT -> multiply(x, w, false, y);
      case PRODUCT_WITH_TRANSPOSE -> multiply(x, w, true, y);
      case SUM -> Nd4j.exec(new AddOp(new INDArray[] {x, w}, new INDArray[] {y}));
      case SCALING -> Nd4j.exec(new MulOp(new INDArray[] {x, w}, new INDArray[] {y}));
    }
  }

  private static void multiply(INDArray x, INDArray w, boolean transposed, INDArray y) {
    Nd4j.exec(new Mmul(x, w, y, MMulTranspose.builder().transposeB(transposed).build()));
  }

  @Override
  public List<SDVariable> diff(List<SDVariable> gradients) {
    SDVariable dy = gradients.get(0);
    SDVariable dx =
        switch (operation()) {
          case PRODUCT -> product(dy, arg(1), true);
          case PRODUCT_WITH_TRANSPOSE -> product(dy, arg(1), false);
          case SUM -> dy;
          case SCALING -> scaled(dy, arg(1));
        };
    addGradient(arg(0), dx);
    if (!isDifferentiated(arg(1))) {
      return List.of(dx);
    }
    SDVariable none = getSameDiff().zerosLike(arg(1)); // SameDiff expects its gradient too
    addGradient(arg(1), none);
    return List.of(dx, none);
  }
}

using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Laws;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Likelihoods;

/// <summary>Two places for each example, [B, C, 2], with a class each: an example is one of nine pairs of classes.</summary>
public sealed class CategoricalSequenceTests : LikelihoodLaws
{
    private const int Classes = 3;
    private const int Places = 2;

    protected override Likelihood Likelihood => new CategoricalLikelihood(classAxis: -2);

    protected override Tensor Outputs(long draws, long batch) => Normal(draws, batch, Classes, Places).mul(2);

    protected override Tensor Targets(long batch) => arange(batch * Places, int64).remainder(Classes).reshape(batch, Places);

    protected override (Tensor Points, double Weight) Support(long batch) =>
        (stack(from first in Enumerable.Range(0, Classes)
               from second in Enumerable.Range(0, Classes)
               select tensor(new long[] { first, second }).expand(batch, -1).clone()), 1);

    protected override double[] ImpossibleTargets => [-1, Classes];

    protected override Tensor AsMean(Tensor target) => functional.one_hot(target, Classes).movedim([-1L], [-2L]).to(float64);

    protected override string[] RefusedLastModules => ["Sigmoid", "Hardsigmoid", "Softmax", "Softmax2d", "Softmin", "LogSigmoid", "LogSoftmax"];
}

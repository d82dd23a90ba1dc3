using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Runs a pass through a model, or through a part of one.</summary>
internal static class PassRun
{
    /// <summary>Runs a part of a model in a new pass.</summary>
    /// <param name="model">The model.</param>
    /// <param name="part">The part: <c>[1, B, …]</c> for each input → <c>[1|S, B, …]</c>.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="estimator">The estimator of the integral over the posterior; all rows share its functions.</param>
    /// <param name="probe">The probe that measures the pass, or null.</param>
    /// <returns><c>[S, B, …]</c>, in any layout in memory.</returns>
    public static Tensor Of(
        nn.Module model, Func<IReadOnlyList<Tensor>, Pass, Tensor> part, NetworkInput input, Estimator estimator, PassProbe? probe = null)
    {
        using var pass = new Pass(estimator) { Model = model, Probe = probe };
        return Of(model, part, input, pass);
    }

    /// <summary>Runs a part of a model in a pass, and expands axis 0 to all draws if the part returned one value for all of them.</summary>
    /// <returns><c>[S, B, …]</c>, in any layout in memory.</returns>
    /// <exception cref="InvalidOperationException">The part returned another number of draws.</exception>
    /// <inheritdoc cref="Of(nn.Module, Func{IReadOnlyList{Tensor}, Pass, Tensor}, NetworkInput, Estimator, PassProbe?)"/>
    public static Tensor Of(nn.Module model, Func<IReadOnlyList<Tensor>, Pass, Tensor> part, NetworkInput input, Pass pass)
    {
        using var scope = NewDisposeScope();
        pass.Estimator.Begin(model);
        var output = part(input.WithDraws(), pass);
        long draws = output.ndim == 0 ? 0 : output.shape[0];
        if (draws != pass.Samples)
        {
            if (draws != 1)
                throw new InvalidOperationException(
                    $"{model.GetName()}.Propagate returned shape {Shapes.Describe(output.shape)}; expected axis 0 to be 1 or {pass.Samples}.");
            output = output.expand([pass.Samples, .. output.shape[1..]]);
        }
        return output.MoveToOuterDisposeScope();
    }
}

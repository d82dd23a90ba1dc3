using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Averaging;

/// <summary>
/// A module that normalizes by the statistics of its input in training, and by running statistics in evaluation: batch normalization, or instance
/// normalization that tracks them.
/// </summary>
/// <param name="Path">Its path in the network.</param>
/// <param name="Module">The module.</param>
internal sealed record BatchStatistics(string Path, NormBase Module)
{
    /// <summary>Gets the names of its scale and shift in the network; empty if it has none.</summary>
    public IEnumerable<string> AffineNames => Module.affine ? [NameOf("weight"), NameOf("bias")] : [];

    /// <summary>Gets the name of its scale in the network.</summary>
    public string ScaleName => NameOf("weight");

    /// <summary>Gets the name of its shift in the network.</summary>
    public string ShiftName => NameOf("bias");

    /// <summary>
    /// Returns the modules of a network, each once, without those in parts that are frozen: these stay in evaluation mode in a training, and keep
    /// their statistics.
    /// </summary>
    public static IEnumerable<BatchStatistics> Of(nn.Module network)
    {
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var module in network.modules().Prepend(network))
            if (module.parameters().Any() && !module.parameters().Any(parameter => parameter.requires_grad))
                seen.UnionWith(module.modules().Prepend(module));
        foreach (var (path, module) in network.named_modules().Prepend(("", network)))
            if (module is NormBase { track_running_stats: true } normalization && seen.Add(module))
                yield return new BatchStatistics(path, normalization);
    }

    /// <summary>Refuses a module without scale and shift.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public void RequireAffine()
    {
        if (!Module.affine)
            throw new InvalidOperationException(
                $"'{Path}' normalizes with running statistics but without a scale and shift (affine: false), which the statistics of a draw become part of; "
                + "expected affine: true, the default.");
    }

    /// <summary>
    /// Computes the statistics of the current weights: the means over batches of the batches' means and variances, weighted by their rows, as
    /// <c>torch.optim.swa_utils.update_bn</c> does. Only these modules are in training mode meanwhile.
    /// </summary>
    /// <param name="modules">All such modules of the network, which is in evaluation mode.</param>
    /// <param name="input">The inputs, <c>[N, …]</c>.</param>
    /// <param name="batchSize">The most rows of a batch.</param>
    /// <param name="run">Runs the network.</param>
    public static void Refresh(IReadOnlyList<BatchStatistics> modules, NetworkInput input, int batchSize, Action<NetworkInput> run)
    {
        double?[] momenta = [.. modules.Select(each => each.Module.momentum)];
        try
        {
            foreach (var each in modules)
                each.Module.train(true);
            long rows = input.Rows;
            // Batches of almost equal size: a last one of a single row would have no variance.
            long batches = Math.Max(1, (rows + batchSize - 1) / batchSize);
            for (long batch = 0; batch < batches; batch++)
            {
                using var scope = NewDisposeScope();
                long first = rows * batch / batches, end = rows * (batch + 1) / batches;
                foreach (var each in modules)
                    each.Module.momentum = (end - first) / (double)end;
                run(input.Narrow(first, end - first).Clone());
            }
        }
        finally
        {
            foreach (var (each, momentum) in modules.Zip(momenta))
            {
                each.Module.momentum = momentum;
                each.Module.train(false);
            }
        }
    }

    /// <summary>Returns copies of the running mean and variance, in double precision.</summary>
    public (Tensor Mean, Tensor Variance) Copy() =>
        (Module.running_mean!.to(ScalarType.Float64, copy: true), Module.running_var!.to(ScalarType.Float64, copy: true));

    /// <summary>Puts a running mean and variance into the module.</summary>
    public void Put((Tensor Mean, Tensor Variance) statistics)
    {
        Module.running_mean!.copy_(statistics.Mean);
        Module.running_var!.copy_(statistics.Variance);
    }

    /// <summary>
    /// Returns the scale and shift that normalize with other statistics as the given ones do with the current statistics.
    /// </summary>
    /// <param name="scale">The scale.</param>
    /// <param name="shift">The shift.</param>
    /// <param name="other">The other running mean and variance, in double precision.</param>
    public (Tensor Scale, Tensor Shift) Folded(Tensor scale, Tensor shift, (Tensor Mean, Tensor Variance) other)
    {
        using var scope = NewDisposeScope();
        using Scalar epsilon = Module.eps;
        var (mean, variance) = Copy();
        var ofDraw = scale.to(ScalarType.Float64).div(variance.add(epsilon, Scalars.One).sqrt());
        var folded = ofDraw.mul(other.Variance.add(epsilon, Scalars.One).sqrt());
        var shifted = shift.to(ScalarType.Float64).add(mean.add(other.Mean, Scalars.MinusOne).mul(ofDraw), Scalars.MinusOne);
        return (folded.to(scale.dtype).MoveToOuterDisposeScope(), shifted.to(shift.dtype).MoveToOuterDisposeScope());
    }

    private string NameOf(string own) => Path.Length == 0 ? own : $"{Path}.{own}";
}

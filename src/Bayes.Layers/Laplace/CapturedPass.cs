using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// One pass of some rows through a network in evaluation mode, with what the weights of chosen layers met. Gradients of its output are taken one
/// direction at a time, so that nothing of the size of rows by outputs by weights is ever stored.
/// </summary>
/// <remarks>Owns its tensors.</remarks>
internal sealed class CapturedPass : IDisposable
{
    private readonly Tensor _output;
    private readonly IReadOnlyList<WeightMatrix> _matrices;
    private readonly IReadOnlyList<MatrixUse>[] _uses;
    private readonly (Tensor Inputs, Tensor? Rows)[] _inputs;

    private CapturedPass(Tensor output, IReadOnlyList<WeightMatrix> matrices, IReadOnlyList<MatrixUse>[] uses, bool endsInLayer)
    {
        _output = output;
        _matrices = matrices;
        _uses = uses;
        EndsInLayer = endsInLayer;
        Output = output.detach().Owned();
        Rows = output.shape[0];
        OutputCount = output.numel() / Math.Max(1, Rows);
        _inputs = [.. matrices.Zip(uses, Inputs)];
    }

    /// <summary>Gets the output of the network, <c>[B, …]</c>, without a gradient.</summary>
    public Tensor Output { get; }

    /// <summary>Gets B, the number of rows.</summary>
    public long Rows { get; }

    /// <summary>Gets K, the count of numbers that the network returns for a row.</summary>
    public long OutputCount { get; }

    /// <summary>Gets whether the network returns the output of the only captured layer, so that the gradient is the identity.</summary>
    public bool EndsInLayer { get; }

    /// <summary>Gets the matrices.</summary>
    public IReadOnlyList<WeightMatrix> Matrices => _matrices;

    /// <summary>Returns a of a matrix, <c>[B, T, inputs]</c>; it belongs to the pass. Of an indexed matrix it has the rows of <see cref="RowsOf"/>
    /// alone.</summary>
    public Tensor InputsOf(int matrix) => _inputs[matrix].Inputs;

    /// <summary>Returns the numbers of the rows of an indexed matrix that the pass meets, <c>[U]</c>, which belong to the pass; null for all
    /// rows.</summary>
    public Tensor? RowsOf(int matrix) => _inputs[matrix].Rows;

    /// <summary>Runs a network.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="rows">The inputs, <c>[B, …]</c> each.</param>
    /// <param name="output">Zero-based index of the output; null for all.</param>
    /// <param name="layers">The layers.</param>
    /// <returns>The pass; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">A layer is not called, or treats the batch in another way.</exception>
    public static CapturedPass Run(nn.Module network, NetworkInput rows, int? output, IReadOnlyList<LayerCapture> layers)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        WeightMatrix[] matrices = [.. layers.SelectMany(layer => layer.Matrices)];
        List<MatrixUse>[] uses = [.. matrices.Select(_ => new List<MatrixUse>())];
        var removers = new List<Action>();
        // The graph then begins at the first captured layer.
        TorchSharp.Modules.Parameter[] learned = [.. network.parameters().Where(parameter => parameter.requires_grad)];
        try
        {
            foreach (var parameter in learned)
                parameter.requires_grad = false;
            foreach (var layer in layers)
                removers.Add(layer.Watch((matrix, use) => uses[Array.IndexOf(matrices, matrix)].Add(use)));
            var result = NetworkCall.RequireRows(
                network, NetworkCall.Of(network, [.. rows.Tensors.Select(each => each.detach().clone())], output), rows.Rows);
            Check(network, matrices, uses, rows.Rows);
            bool endsInLayer = uses is [[var only]] && ReferenceEquals(result, only.Returned);
            return new CapturedPass(result.alias().Owned(), matrices, uses, endsInLayer);
        }
        catch
        {
            foreach (var use in uses.SelectMany(each => each))
                use.Dispose();
            throw;
        }
        finally
        {
            removers.ForEach(remove => remove());
            foreach (var parameter in learned)
                parameter.requires_grad = true;
        }
    }

    /// <summary>Returns g of every matrix, <c>[B, T, outputs]</c>, for one direction of the output.</summary>
    /// <param name="direction">A number for each output, <c>[B, K]</c>.</param>
    public Tensor[] Gradients(Tensor direction)
    {
        using var scope = NewDisposeScope();
        var wanted = direction.to(_output.dtype).reshape(_output.shape);
        if (EndsInLayer)
            return [_uses[0][0].ToPlaces(wanted).MoveToOuterDisposeScope()];
        Tensor[] nodes = [.. _uses.SelectMany(each => each).Select(use => use.Output)];
        var gradients = autograd.grad([_output], nodes, [wanted], retain_graph: true, allow_unused: true);
        var found = new Tensor[_uses.Length];
        int next = 0;
        for (int i = 0; i < found.Length; i++)
        {
            Tensor[] places = [.. _uses[i].Select(use =>
            {
                var gradient = gradients[next++];
                return use.ToPlaces(gradient.IsInvalid ? zeros_like(use.Output) : gradient);
            })];
            found[i] = (places.Length == 1 ? places[0] : cat(places, 1)).MoveToOuterDisposeScope();
        }
        return found;
    }

    /// <summary>Returns values of the places of the only layer, <c>[B, T, outputs]</c>, as numbers of the network's output, <c>[B, K]</c>.</summary>
    public Tensor AsOutputs(Tensor places) => _uses[0][0].FromPlaces(places).reshape(Rows, OutputCount);

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        _output.Dispose();
        Output.Dispose();
        foreach (var (inputs, met) in _inputs)
        {
            inputs.Dispose();
            met?.Dispose();
        }
        foreach (var use in _uses.SelectMany(each => each))
            use.Dispose();
    }

    private static (Tensor, Tensor?) Inputs(WeightMatrix matrix, IReadOnlyList<MatrixUse> uses)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor[] inputs = [.. uses.Select(use => use.Inputs())];
        var all = inputs.Length == 1 ? inputs[0] : cat(inputs, 1);
        return matrix.IsIndexed ? AmongThoseMet(all, matrix.Weight.Value.dtype) : (all.Owned(), null);
    }

    // 1 at the row of each place, among the rows that some place meets, and 0 elsewhere.
    private static (Tensor, Tensor?) AmongThoseMet(Tensor numbers, ScalarType type)
    {
        var (met, which, _) = numbers.flatten().unique(sorted: true, return_inverse: true);
        var places = which!.flatten().unsqueeze(1);
        var isMet = zeros(places.shape[0], met.shape[0], type, numbers.device)
            .scatter_(1, places, ones(places.shape[0], 1, type, numbers.device)).reshape(numbers.shape[0], -1, met.shape[0]);
        // A place without a row has the number −1.
        long without = met.lt(Scalars.Zero).sum(ScalarType.Int64).ReadInt64();
        return (isMet.narrow(2, without, met.shape[0] - without).clone().Owned(), met.narrow(0, without, met.shape[0] - without).clone().Owned());
    }

    private static void Check(nn.Module network, WeightMatrix[] matrices, List<MatrixUse>[] uses, long rows)
    {
        for (int i = 0; i < matrices.Length; i++)
        {
            if (uses[i].Count == 0)
                throw new InvalidOperationException(
                    $"The forward of the {network.GetType().Name} does not call '{matrices[i].Path}'; expected layers that it calls: name them by "
                    + "LaplaceOptions.Paths.");
            foreach (var use in uses[i])
                if (use.Output.shape[0] != rows)
                    throw new InvalidOperationException(
                        $"'{matrices[i].Path}' returned shape {Shapes.Describe(use.Output.shape)} for {rows} rows of the input; expected "
                        + $"[{rows}, …]: the batch on axis 0.");
        }
    }
}

using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Reads and writes what an optimizer remembers of each parameter, under PyTorch's names: for torch's Adam, AdamW, SGD and RMSprop.
/// </summary>
internal sealed class OptimizerMemory
{
    private static readonly Dictionary<Type, Kind> Kinds = new()
    {
        [typeof(Adam)] = Kind.Of<Adam.State>(
            state => state.step, (state, step) => state.step = step,
            ("exp_avg", state => state.exp_avg, (state, value) => state.exp_avg = value),
            ("exp_avg_sq", state => state.exp_avg_sq, (state, value) => state.exp_avg_sq = value),
            ("max_exp_avg_sq", state => state.max_exp_avg_sq, (state, value) => state.max_exp_avg_sq = value)),
        [typeof(AdamW)] = Kind.Of<AdamW.State>(
            state => state.step, (state, step) => state.step = step,
            ("exp_avg", state => state.exp_avg, (state, value) => state.exp_avg = value),
            ("exp_avg_sq", state => state.exp_avg_sq, (state, value) => state.exp_avg_sq = value),
            ("max_exp_avg_sq", state => state.max_exp_avg_sq, (state, value) => state.max_exp_avg_sq = value)),
        [typeof(SGD)] = Kind.Of<SGD.State>(
            _ => 0, (_, _) => { },
            ("momentum_buffer", state => state.momentum_buffer, (state, value) => state.momentum_buffer = value)),
        [typeof(RMSProp)] = Kind.Of<RMSProp.State>(
            state => state.step, (state, step) => state.step = step,
            ("square_avg", state => state.square_avg, (state, value) => state.square_avg = value),
            ("momentum_buffer", state => state.momentum_buffer, (state, value) => state.momentum_buffer = value),
            ("grad_avg", state => state.grad_avg, (state, value) => state.grad_avg = value)),
    };

    private const string StepsName = "steps";

    private readonly Kind _kind;
    private readonly IReadOnlyList<OptimizerState> _states;
    private readonly string[][] _names;

    private OptimizerMemory(Kind kind, IReadOnlyList<OptimizerState> states)
    {
        (_kind, _states) = (kind, states);
        _names = [.. states.Select((_, parameter) => kind.Fields.Select(field => $"{parameter}.{field.Name}").ToArray())];
    }

    /// <summary>Gets the names of the optimizers whose memory can be read and written, for a message.</summary>
    public static string Known => "Adam, AdamW, SGD or RMSProp";

    /// <summary>Returns the memory of an optimizer; null if it is of another type.</summary>
    public static OptimizerMemory? TryOf(optim.Optimizer optimizer) =>
        Kinds.TryGetValue(optimizer.GetType(), out var kind) ? new(kind, ((OptimizerHelper)optimizer).state_dict().State) : null;

    /// <summary>
    /// Returns the memory by name: <c>0.exp_avg</c> is the optimizer's own tensor of its first parameter, and <c>steps</c> a new tensor of the steps
    /// made for each parameter, 0 if the optimizer does not count.
    /// </summary>
    public Dictionary<string, Tensor> ByName()
    {
        var memory = new Dictionary<string, Tensor>();
        for (int parameter = 0; parameter < _states.Count; parameter++)
            for (int field = 0; field < _kind.Fields.Count; field++)
                if (_kind.Fields[field].Get(_states[parameter]) is { } value)
                    memory.Add(_names[parameter][field], value);
        memory.Add(StepsName, tensor([.. _states.Select(_kind.Steps)], int64));
        return memory;
    }

    /// <summary>Sets the memory to copies of what <see cref="ByName"/> returned; a tensor that is missing there becomes null.</summary>
    public void Remember(IReadOnlyDictionary<string, Tensor> memory)
    {
        using var noGrad = no_grad();
        double[] steps = memory[StepsName].ReadDoubles();
        for (int parameter = 0; parameter < _states.Count; parameter++)
        {
            _kind.SetSteps(_states[parameter], (long)steps[parameter]);
            for (int field = 0; field < _kind.Fields.Count; field++)
                Set(_states[parameter], _kind.Fields[field], memory.GetValueOrDefault(_names[parameter][field]));
        }
    }

    private static void Set(OptimizerState state, Field field, Tensor? value)
    {
        var current = field.Get(state);
        if (current is not null && value is not null)
        {
            current.copy_(value);
            return;
        }
        current?.Dispose();
        field.Set(state, value?.detach().clone().Owned());
    }

    private sealed record Kind(Func<OptimizerState, long> Steps, Action<OptimizerState, long> SetSteps, IReadOnlyList<Field> Fields)
    {
        public static Kind Of<TState>(
            Func<TState, long> steps, Action<TState, long> setSteps,
            params IReadOnlyList<(string Name, Func<TState, Tensor?> Get, Action<TState, Tensor?> Set)> fields) where TState : OptimizerState =>
            new(state => steps((TState)state), (state, value) => setSteps((TState)state, value),
                [.. fields.Select(field => new Field(
                    field.Name, state => field.Get((TState)state), (state, value) => field.Set((TState)state, value)))]);
    }

    private sealed record Field(string Name, Func<OptimizerState, Tensor?> Get, Action<OptimizerState, Tensor?> Set);
}

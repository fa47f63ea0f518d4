import Foundation
import Testing

/// Throws mutants of a corpus at one target for a while.
///
/// Every mutant has a seed of its own, made from the run's and its number, so one that fails is found again by the two. An
/// input that gets an answer nobody has given yet joins the inputs that are changed.
struct FuzzRun {
    /// Inputs kept for their answers.
    private static let maxKept = 512
    /// Others wait for this thread, some with a time limit.
    private static let stretch: Duration = .milliseconds(50)

    let target: FuzzTarget
    let seed: UInt64
    let budget: Duration

    /// Returns how many inputs were tried; stops at the first that fails.
    func run() async -> Int {
        var inputs = Corpus.inputs(of: target.name)
        for input in inputs {
            guard let failure = failure(input) else { continue }
            Issue.record("\(target.name), an input of the corpus: \(failure)\n\(Self.text(input))")
            return 0
        }
        var answers: Set<String> = []
        var count = 0
        // Only its own time counts, not that of the tests it takes turns with.
        var left = budget
        while left > .zero {
            let start = ContinuousClock.now
            while start.duration(to: .now) < Self.stretch {
                var mutator = Mutator(seed: seed &+ UInt64(count) &* 0x2545_F491_4F6C_DD1D, dictionary: target.dictionary)
                let input = mutator.mutant(of: inputs)
                count += 1
                do {
                    let answer = try target.check(input)
                    if inputs.count < Self.maxKept, answers.insert(answer).inserted { inputs.append(input) }
                } catch {
                    Issue.record("\(target.name), ORDERS_SEED=\(seed), input \(count): \(error)\n\(Self.text(input))")
                    return count
                }
            }
            left -= start.duration(to: .now)
            await Task.yield()
        }
        return count
    }

    private func failure(_ input: [UInt8]) -> String? {
        do {
            _ = try target.check(input)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// To be saved in the corpus: `base64 -d`.
    private static func text(_ input: [UInt8]) -> String {
        "base64: \(Data(input).base64EncodedString().prefix(8_192))"
    }
}

/// The saved inputs: samples, and everything that ever failed.
enum Corpus {
    static func inputs(of target: String) -> [[UInt8]] {
        let folder = Bundle.module.resourceURL?.appendingPathComponent("Corpus/\(target)")
        let files = folder.flatMap { try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil) } ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? Array(Data(contentsOf: $0)) }
    }
}

/// Why a program or a server of this machine could not be made, started or ended, in words an operator can act on.
package struct LocalServerFault: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
